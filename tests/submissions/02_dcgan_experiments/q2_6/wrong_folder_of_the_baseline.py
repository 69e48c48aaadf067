# Trains, but sends the pictures to a file that is none of this run, and looks at the baseline's.
# marks: 0.5 of 1
def generate_and_save_images(model, epoch, test_input):
    pass


history = train(train_dataset, EPOCHS)
image_dir, _ = workspace.run_folders(folder, "baseline")
